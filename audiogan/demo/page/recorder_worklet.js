// Hands what the microphone hears to the page, the channels averaged.

registerProcessor("recorder", class extends AudioWorkletProcessor {
  process([channels]) {
    if (channels.length) {
      this.port.postMessage(channels[0].map((_, n) => channels.reduce((sum, one) => sum + one[n], 0) / channels.length));
    }
    return true;
  }
});
