// Sound as a WAV file of 16 bits, and files as sound.

// channels: an array of Float32Arrays in [-1, 1], all of one length.
export function wavOf(channels, sampleRate) {
  const frames = channels[0].length, size = 2 * frames * channels.length;
  const view = new DataView(new ArrayBuffer(44 + size));
  const word = (at, text) => [...text].forEach((letter, n) => view.setUint8(at + n, letter.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, 36 + size, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels.length, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * channels.length * 2, true);
  view.setUint16(32, channels.length * 2, true);
  view.setUint16(34, 16, true);
  word(36, "data");
  view.setUint32(40, size, true);
  let at = 44;
  for (let frame = 0; frame < frames; frame += 1) {
    for (const channel of channels) {
      view.setInt16(at, Math.max(-32768, Math.min(32767, Math.round(channel[frame] * 32768))), true);
      at += 2;
    }
  }
  return new Blob([view.buffer], { type: "audio/wav" });
}

// An AudioBuffer at the file's own rate where the browser can, so that its samples are the file's.
export async function decoded(file, sampleRate) {
  const content = await file.arrayBuffer();
  let context;
  try {
    context = new OfflineAudioContext(1, 1, sampleRate);
  } catch {
    context = new OfflineAudioContext(1, 1, 48000);
  }
  return context.decodeAudioData(content);
}

export function channelsOf(buffer) {
  return Array.from({ length: buffer.numberOfChannels }, (_, n) => buffer.getChannelData(n));
}
