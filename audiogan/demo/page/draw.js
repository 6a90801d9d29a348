// Drawing from generators: samples by their numbers, and walks from one to another.

import { byId, complain, fill } from "./elements.js";
import { generate } from "./server.js";
import { loudestOf, mono, paint, powersOf } from "./spectrogram.js";
import { channelsOf, decoded } from "./wav.js";

const USUAL = { sounds: 4, pictures: 16, points: 1000 };
const FARTHEST = 3; // of truncation, where latents are normal
const COLUMNS = 240; // of a small spectrogram

let drawers;
let running = null;
let links = [];

export function setUpDrawing(told) {
  drawers = told;
  byId("draw").hidden = false;
  fill(byId("drawer"), told.map(({ name }) => [name, name]));
  byId("drawer-field").hidden = told.length < 2;
  byId("drawer").addEventListener("change", showModel);
  byId("truncation").addEventListener("input", showTruncation);
  byId("draw-form").addEventListener("submit", (event) => {
    event.preventDefault();
    draw({ count: byId("count").value }, "Drawing …");
  });
  byId("walk-go").addEventListener("click", () => {
    draw({ count: byId("steps").value, from: byId("from").value || 0, to: byId("to").value || 0 }, "Walking …");
  });
  byId("turn").addEventListener("click", playInTurn);
  showModel();
}

function model() {
  return drawers.find(({ name }) => name === byId("drawer").value);
}

function showModel() {
  const { labels, kind, most, reach } = model();
  byId("label-field").hidden = !labels.length;
  fill(byId("label"), [["", "all in turn"], ...labels.map((label) => [label, label])]);
  byId("count").value = USUAL[kind];
  byId("count").max = most;
  byId("steps").max = most;
  byId("truncation").max = reach || FARTHEST;
  byId("truncation").value = reach || FARTHEST;
  showTruncation();
}

// At its end the slider leaves latents as they were in training.
function truncation() {
  const { value, max } = byId("truncation");
  return Number(value) < Number(max) ? value : "";
}

function showTruncation() {
  const shown = truncation() || "none";
  byId("truncation-shown").textContent = shown;
  byId("truncation").setAttribute("aria-valuetext", shown);
}

async function draw(words, saying) {
  if (running) running.abort();
  const own = (running = new AbortController()), { name, kind, labels } = model();
  const asked = { model: name, seed: byId("seed").value || 0, truncation: truncation(), ...words };
  if (labels.length) asked.label = byId("label").value;
  complain(byId("draw-trouble"), null);
  byId("draw-status").textContent = saying;
  try {
    const drawn = await generate(asked, own.signal);
    const shown = drawn.points ? [scatter(drawn.points)] : await Promise.all(drawn.samples.map((one) => figureOf(one, kind)));
    if (own !== running) return;
    links.forEach((link) => URL.revokeObjectURL(link));
    links = shown.map(({ link }) => link).filter(Boolean);
    byId("drawn").className = `drawn ${kind}`;
    byId("drawn").replaceChildren(...shown.map(({ item }) => item));
    byId("turn-field").hidden = kind !== "sounds";
    const count = drawn.points ? drawn.points.length : shown.length;
    byId("draw-status").textContent = `${count} ${count === 1 ? kind.slice(0, -1) : kind} by ${name}.`;
  } catch (problem) {
    if (own !== running || problem.name === "AbortError") return;
    byId("draw-status").textContent = "";
    complain(byId("draw-trouble"), problem);
  }
}

async function figureOf({ name, file, data }, kind) {
  const content = await (await fetch(data)).blob(), link = URL.createObjectURL(content);
  const figure = document.createElement("figure"), caption = document.createElement("figcaption");
  const download = Object.assign(document.createElement("a"), { href: link, download: file, textContent: "Download" });
  download.setAttribute("aria-label", `Download ${name}`);
  const title = document.createElement("span");
  title.textContent = name;
  caption.append(title, download);
  const seen = kind === "sounds" ? await soundOf(content, name, link) : [Object.assign(new Image(), { src: link, alt: name })];
  figure.append(...seen, caption);
  return { item: listed(figure), link };
}

async function soundOf(content, name, link) {
  const buffer = await decoded(content, rateOf(await content.arrayBuffer()));
  const canvas = document.createElement("canvas");
  canvas.height = 96;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Spectrogram of ${name}`);
  const powers = powersOf(mono(channelsOf(buffer)), buffer.sampleRate, COLUMNS);
  paint(canvas, powers, loudestOf(powers));
  const audio = Object.assign(new Audio(link), { controls: true });
  audio.setAttribute("aria-label", name);
  return [canvas, audio];
}

// The sample rate in the header of a FLAC file: 20 bits from its 18th byte on.
function rateOf(content) {
  const view = new DataView(content);
  return view.getUint32(18) >>> 12;
}

function scatter(points) {
  const size = 480, canvas = Object.assign(document.createElement("canvas"), { width: size, height: size });
  const reach = 1.1 * Math.max(...points.flat().map(Math.abs));
  const context = canvas.getContext("2d");
  context.fillStyle = getComputedStyle(document.body).getPropertyValue("--c0");
  for (const [x, y] of points) context.fillRect(((x / reach + 1) * size) / 2 - 1, ((1 - y / reach) * size) / 2 - 1, 3, 3);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${points.length} points of the plane`);
  const figure = document.createElement("figure");
  figure.append(canvas);
  return { item: listed(figure) };
}

function listed(figure) {
  const item = document.createElement("li");
  item.append(figure);
  return item;
}

async function playInTurn() {
  const sounds = [...document.querySelectorAll("#drawn audio")];
  for (const audio of sounds) {
    audio.currentTime = 0;
    await audio.play();
    const interrupted = await new Promise((resolve) => {
      audio.addEventListener("ended", () => resolve(false), { once: true });
      audio.addEventListener("pause", () => resolve(!audio.ended), { once: true });
    });
    if (interrupted || !audio.isConnected) return;
  }
}
