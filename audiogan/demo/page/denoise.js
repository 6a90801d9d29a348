// Taking noise out: a sound comes in, goes to the server, and is heard and seen before and after.

import { byId, clock, complain, fill } from "./elements.js";
import { Player } from "./player.js";
import { Recorder } from "./recorder.js";
import { asWav, enhance } from "./server.js";
import { levelOf, loudestOf, mono, paint, powersOf } from "./spectrogram.js";
import { channelsOf, decoded, wavOf } from "./wav.js";

const COLUMNS = 900; // of a spectrogram
const EXACT = [".wav", ".flac"]; // formats that browsers decode to the samples that the server sees
const CANNOT_READ = 415; // the status by which the server says that something is no sound to it

let offered; // what the server told
let source = null; // {file, name, before}: what is worked on; before is an AudioBuffer once it is known
let player = null;
let running = null; // AbortController of the work that goes on
let link = ""; // of what can be downloaded

export function setUpDenoising(told) {
  offered = told;
  byId("denoise").hidden = false;
  fill(byId("denoiser"), told.denoisers.map(({ name }) => [name, name]));
  byId("denoiser-field").hidden = told.denoisers.length < 2;
  const { megabytes, minutes } = told.limits;
  byId("limits").textContent = `up to ${megabytes} MB and ${minutes} minute${minutes === 1 ? "" : "s"}`.replaceAll(/(\d) /g, "$1\u00a0");
  byId("denoiser").addEventListener("change", () => { showModel(); work(); });
  byId("strength").addEventListener("input", showStrength);
  byId("strength").addEventListener("change", work);
  byId("limit").addEventListener("change", work);
  byId("channels").addEventListener("change", work);
  byId("file").addEventListener("change", (event) => {
    const [file] = event.target.files;
    event.target.value = ""; // so that the same one can be chosen again
    if (file) take(file, file.name);
  });
  setUpDropping();
  setUpRecording();
  setUpPlayer();
  showModel();
}

function model() {
  return offered.denoisers.find(({ name }) => name === byId("denoiser").value);
}

function showModel() {
  byId("denoiser-about").textContent = model().about;
  byId("strength").value = Math.round(100 * model().strength);
  showStrength();
}

function showStrength() {
  const shown = `${byId("strength").value} %`;
  byId("strength-shown").textContent = shown;
  byId("strength").setAttribute("aria-valuetext", shown);
}

function setUpDropping() {
  const carries = (event) => [...event.dataTransfer.types].includes("Files");
  addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    byId("intake").classList.add("over");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) byId("intake").classList.remove("over");
  });
  addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    byId("intake").classList.remove("over");
    const [file] = event.dataTransfer.files;
    if (file) take(file, file.name);
  });
}

function setUpRecording() {
  const button = byId("record"), shown = byId("clock");
  let recorder = null, timer = 0;
  const stop = async () => {
    clearInterval(timer);
    const ended = recorder;
    recorder = null;
    shown.hidden = true;
    button.textContent = "Record";
    button.classList.remove("recording");
    const file = await ended.stop();
    take(file, "recording.wav");
  };
  button.addEventListener("click", async () => {
    if (recorder) return stop();
    button.disabled = true;
    complain(byId("denoise-trouble"), null);
    try {
      const begun = new Recorder();
      await begun.start();
      recorder = begun;
      if (player) player.pause();
      button.textContent = "Stop recording";
      button.classList.add("recording");
      say("Recording.");
      shown.hidden = false;
      timer = setInterval(() => {
        shown.textContent = clock(begun.seconds);
        if (begun.seconds >= 60 * offered.limits.minutes - 1) stop();
      }, 250);
    } catch (problem) {
      complain(byId("denoise-trouble"), problem);
    } finally {
      button.disabled = false;
      button.focus();
    }
  });
}

function say(words) {
  byId("denoise-status").textContent = words;
}

// A sound comes in: a File or Blob and its name.
function take(file, name) {
  complain(byId("denoise-trouble"), null);
  const { bytes, megabytes } = offered.limits;
  if (file.size > bytes) {
    const has = Math.ceil(file.size / 1e6);
    complain(byId("denoise-trouble"), new Error(`${name} has ${has} MB, and this page takes ${megabytes} MB at most. Cut it into parts.`));
    return;
  }
  source = { file, name, before: null };
  work();
}

// Have the source enhanced as the settings say, and show it. What went on before is given up.
async function work() {
  if (!source) return;
  if (running) running.abort();
  const own = (running = new AbortController()), bar = byId("denoise-progress");
  complain(byId("denoise-trouble"), null);
  say(`Working on ${source.name} …`);
  bar.removeAttribute("value");
  bar.hidden = false;
  try {
    const made = await enhanced(own.signal, (share) => { bar.value = share; });
    const { sample_rate: rate } = made.sound;
    const before = source.before || (await heard(source.file, source.name, rate, own.signal));
    const after = before && (await heard(made.file, source.name, rate, own.signal));
    if (own !== running) return;
    source.before = before;
    if (after) show(before, after);
    else if (player) player.pause();
    byId("heard").hidden = !after;
    byId("result").hidden = false;
    showDownload(made);
    say(after
      ? `${source.name} is done: ${clock(before.duration)}. Play it, and switch between before and after.`
      : `${source.name} is done. This browser cannot play it (${rate} Hz): download it to hear it elsewhere.`);
  } catch (problem) {
    if (own !== running || problem.name === "AbortError") return;
    say("");
    byId("result").hidden = true;
    if (player) player.pause();
    complain(byId("denoise-trouble"), problem);
  } finally {
    if (own === running) bar.hidden = true;
  }
}

async function enhanced(signal, tell) {
  const strength = Number(byId("strength").value), usual = Math.round(100 * model().strength);
  const words = {
    model: model().name, strength: strength === usual ? "" : strength / 100, limit: byId("limit").value,
    channels: byId("channels").value,
  };
  const own = source;
  try {
    return await enhance(own.file, { ...words, name: own.name }, signal, tell);
  } catch (problem) {
    const suffix = suffixOf(own.name);
    if (problem.status !== CANNOT_READ || offered.suffixes.includes(suffix)) throw problem;
    // What phones and browsers record, browsers decode: m4a, webm and others.
    const buffer = await decoded(own.file, 48000).catch(() => null);
    if (!buffer) throw problem;
    own.file = wavOf(channelsOf(buffer), buffer.sampleRate);
    own.name = `${own.name.slice(0, own.name.length - suffix.length)}.wav`;
    return enhance(own.file, { ...words, name: own.name }, signal, tell);
  }
}

function suffixOf(name) {
  const [suffix] = name.toLowerCase().match(/\.[a-z0-9]+$/) || [""];
  return suffix;
}

// An AudioBuffer of a file, null where the browser cannot play it. Coded sound is decoded by the server, so that before
// and after begin at the same sample.
async function heard(file, name, rate, signal) {
  if (EXACT.includes(suffixOf(name))) {
    const buffer = await decoded(file, rate).catch(() => null);
    if (buffer) return buffer;
  }
  return decoded(await asWav(file, name, signal), rate).catch(() => null);
}

function setUpPlayer() {
  const position = byId("position");
  byId("play").addEventListener("click", () => (player.playing ? player.pause() : player.play()));
  for (const radio of document.querySelectorAll("input[name=side]")) {
    radio.addEventListener("change", () => { player.choose(radio.value); showSide(); });
  }
  position.addEventListener("input", () => { player.seek(Number(position.value)); showPosition(); });
  for (const seen of document.querySelectorAll("#spectrograms .seen")) {
    seen.addEventListener("click", (event) => {
      const box = seen.getBoundingClientRect();
      player.seek(((event.clientX - box.left) / box.width) * player.duration);
      showPosition();
    });
  }
}

function showSide() {
  for (const figure of document.querySelectorAll("#spectrograms figure")) {
    figure.classList.toggle("on", figure.dataset.side === player.side);
  }
}

function showPosition() {
  const { position, duration, playing } = player;
  byId("position").value = position;
  byId("position").setAttribute("aria-valuetext", `${position.toFixed(1)} of ${duration.toFixed(1)} seconds`);
  byId("time").textContent = `${clock(position)} / ${clock(duration)}`;
  byId("spectrograms").style.setProperty("--at", duration ? position / duration : 0);
  if (playing) requestAnimationFrame(showPosition);
}

function show(before, after) {
  usePlayer(before, after);
  const one = channelsOf(before), other = channelsOf(after);
  const removed = one.map((channel, n) => channel.map((value, at) => value - (other[n][at] || 0)));
  showSpectrograms({ before: one, after: other, removed }, before.sampleRate, before.duration);
}

function usePlayer(before, after) {
  if (player && player.context.sampleRate === before.sampleRate && player.duration === before.duration) {
    player.set(before, after);
  } else {
    const side = player ? player.side : "after";
    if (player) player.close();
    player = new Player(contextAt(before.sampleRate), showPlaying);
    player.choose(side);
    player.set(before, after);
  }
  byId("position").max = player.duration;
  showPlaying();
  showSide();
}

function showPlaying() {
  byId("play").textContent = player.playing ? "Pause" : "Play";
  showPosition();
}

// A context at the sound's rate leaves the conversion to the machine, which does it better than a source in a context.
function contextAt(sampleRate) {
  try {
    return new AudioContext({ sampleRate });
  } catch {
    return new AudioContext();
  }
}

function showSpectrograms(sides, rate, seconds) {
  const powers = {}, levels = {};
  for (const [side, channels] of Object.entries(sides)) {
    powers[side] = powersOf(mono(channels), rate, COLUMNS);
    levels[side] = levelOf(channels);
  }
  const loudest = loudestOf(powers.before);
  for (const figure of document.querySelectorAll("#spectrograms figure")) {
    const { side } = figure.dataset, canvas = figure.querySelector("canvas");
    paint(canvas, powers[side], loudest);
    canvas.setAttribute("aria-label", `Spectrogram ${side}, 0 to ${rate / 2000} kHz over ${seconds.toFixed(1)} seconds`);
    figure.querySelector(".seen").dataset.top = `${rate / 2000} kHz`;
  }
  byId("end").textContent = clock(seconds);
  const said = (side) => (levels[side] > -150 ? `${levels[side].toFixed(1).replace("-", "−")}\u00a0dB` : "silence");
  byId("levels").textContent = `Level (RMS, of full scale): before ${said("before")}, after ${said("after")}, removed ${said("removed")}.`;
}

function showDownload({ file, sound }) {
  const suffix = suffixOf(source.name), stem = source.name.slice(0, source.name.length - suffix.length);
  URL.revokeObjectURL(link);
  link = URL.createObjectURL(file);
  const download = byId("download");
  download.href = link;
  download.download = `${stem}.enhanced${source.name.slice(stem.length)}`;
  download.textContent = `Download ${download.download}`;
  const channels = sound.channels === 1 ? "mono" : sound.channels === 2 ? "stereo" : `${sound.channels} channels`;
  const lost = sound.lost_above ? `; the model leaves nothing above ${sound.lost_above / 1000}\u00a0kHz` : "";
  byId("format").textContent = `${sound.format} ${sound.subtype}, ${sound.sample_rate} Hz, ${channels}, as it came${lost}`;
}
