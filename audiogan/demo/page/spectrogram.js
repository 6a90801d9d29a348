// Spectrograms on a canvas: time to the right, frequency upwards to half the rate, colours over 80 dB.

const FRAME = 0.032; // seconds
const RANGE = 80; // dB below the loudest point
const FRAMES_A_COLUMN = 4; // of a long sound, averaged
// Magma, the colours of all spectrograms of audiogan, in ten steps.
const MAGMA = [
  [0, 0, 4], [21, 14, 55], [59, 15, 112], [101, 26, 128], [140, 41, 129], [183, 55, 121],
  [222, 73, 104], [247, 112, 92], [254, 159, 109], [254, 207, 146], [252, 253, 191],
];

// The channels' mean.
export function mono(channels) {
  if (channels.length === 1) return channels[0];
  const sum = new Float32Array(channels[0].length);
  for (const channel of channels) channel.forEach((value, n) => { sum[n] += value / channels.length; });
  return sum;
}

// In dB of full scale, over all channels.
export function levelOf(channels) {
  let sum = 0;
  for (const channel of channels) for (const value of channel) sum += value * value;
  return 10 * Math.log10(sum / (channels.length * channels[0].length));
}

// Powers: an array of columns, each with the power of every bin from 0 Hz up.
export function powersOf(sound, sampleRate, columns) {
  const size = 2 ** Math.max(4, Math.round(Math.log2(FRAME * sampleRate)));
  const shape = Float64Array.from({ length: size }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size));
  const width = sound.length / columns, turn = turning(size);
  const count = Math.min(FRAMES_A_COLUMN, Math.max(1, Math.round(width / size)));
  const real = new Float64Array(size), imaginary = new Float64Array(size);
  return Array.from({ length: columns }, (_, column) => {
    const power = new Float32Array(size / 2 + 1);
    for (let frame = 0; frame < count; frame += 1) {
      const begin = Math.round((column + (frame + 0.5) / count) * width - size / 2);
      for (let n = 0; n < size; n += 1) real[n] = (sound[begin + n] || 0) * shape[n];
      imaginary.fill(0);
      transform(real, imaginary, turn);
      for (let bin = 0; bin < power.length; bin += 1) power[bin] += (real[bin] ** 2 + imaginary[bin] ** 2) / count;
    }
    return power;
  });
}

export function loudestOf(powers) {
  let loudest = 1e-12;
  for (const column of powers) for (const power of column) if (power > loudest) loudest = power;
  return loudest;
}

// Fill a canvas; `loudest` is the power of the brightest colour.
export function paint(canvas, powers, loudest) {
  const columns = powers.length, rows = canvas.height, bins = powers[0].length;
  canvas.width = columns;
  const context = canvas.getContext("2d"), image = context.createImageData(columns, rows);
  const top = 10 * Math.log10(loudest);
  for (let row = 0; row < rows; row += 1) {
    const low = Math.floor((row / rows) * bins), high = Math.max(low + 1, Math.floor(((row + 1) / rows) * bins));
    for (let column = 0; column < columns; column += 1) {
      let power = 0;
      for (let bin = low; bin < high; bin += 1) power = Math.max(power, powers[column][bin]);
      const [red, green, blue] = colour(1 + (10 * Math.log10(power + 1e-20) - top) / RANGE);
      image.data.set([red, green, blue, 255], 4 * ((rows - 1 - row) * columns + column));
    }
  }
  context.putImageData(image, 0, 0);
}

function colour(share) {
  const place = Math.max(0, Math.min(0.9999, share)) * (MAGMA.length - 1), step = Math.floor(place);
  return MAGMA[step].map((value, n) => value + (place - step) * (MAGMA[step + 1][n] - value));
}

function turning(size) {
  const angles = Array.from({ length: size / 2 }, (_, n) => (-2 * Math.PI * n) / size);
  return { cosine: Float64Array.from(angles, Math.cos), sine: Float64Array.from(angles, Math.sin) };
}

// Fourier transform in place, by Cooley and Tukey; the length is a power of two.
function transform(real, imaginary, { cosine, sine }) {
  const size = real.length;
  for (let n = 1, mirror = 0; n < size; n += 1) {
    let bit = size >> 1;
    for (; mirror & bit; bit >>= 1) mirror ^= bit;
    mirror ^= bit;
    if (n < mirror) [real[n], real[mirror]] = [real[mirror], real[n]];
  }
  for (let half = 1; half < size; half *= 2) {
    const step = size / (2 * half);
    for (let start = 0; start < size; start += 2 * half) {
      for (let n = 0; n < half; n += 1) {
        const a = start + n, b = a + half, c = cosine[n * step], s = sine[n * step];
        const x = real[b] * c - imaginary[b] * s, y = real[b] * s + imaginary[b] * c;
        real[b] = real[a] - x;
        imaginary[b] = imaginary[a] - y;
        real[a] += x;
        imaginary[a] += y;
      }
    }
  }
}
