"use strict";
// Sounds: the spectrogram becomes the button. Within a group another one goes on from the same instant.
const sounds = [...document.querySelectorAll(".sound")].map((figure) => {
  const audio = figure.querySelector("audio"), image = figure.querySelector("img");
  const name = figure.querySelector("figcaption").textContent;
  const button = document.createElement("button"), sign = document.createElement("span"), head = document.createElement("span");
  button.type = "button";
  button.className = "seen";
  sign.className = "sign";
  head.className = "head";
  sign.setAttribute("aria-hidden", "true");
  image.replaceWith(button);
  button.append(image, head, sign);
  audio.controls = false;
  audio.hidden = true;
  const one = { figure, audio, group: figure.dataset.group };
  one.show = () => {
    const on = !audio.paused;
    figure.classList.toggle("on", on);
    sign.textContent = on ? "❚❚" : "▶";
    button.setAttribute("aria-label", `${on ? "Stop" : "Play"} ${name}`);
  };
  const move = () => {
    head.style.left = `${100 * audio.currentTime / (audio.duration || 1)}%`;
    if (!audio.paused) requestAnimationFrame(move);
  };
  button.addEventListener("click", () => {
    if (!audio.paused) return audio.pause();
    let from = 0;
    for (const other of sounds) {
      if (other.audio.paused) continue;
      if (other.group && other.group === one.group) from = other.audio.currentTime;
      other.audio.pause();
    }
    const begin = () => { audio.currentTime = from; audio.play(); };
    if (audio.readyState) begin();
    else { audio.addEventListener("loadedmetadata", begin, { once: true }); audio.load(); }
  });
  audio.addEventListener("play", () => { one.show(); move(); });
  audio.addEventListener("pause", one.show);
  audio.addEventListener("ended", one.show);
  one.show();
  return one;
});

// Curves: a line at the step under the pointer (or moved by the arrow keys), and the values there.
for (const chart of document.querySelectorAll(".chart")) {
  const held = chart.querySelector("script");
  if (!held) continue;
  const { along, steps, left, right, width, curves } = JSON.parse(held.textContent);
  const svg = chart.querySelector("svg"), cursor = chart.querySelector(".cursor"), readout = chart.querySelector(".readout");
  const first = steps[0], span = steps[steps.length - 1] - first || 1;
  let at = steps.length - 1;
  const tell = () => {
    const x = left + (right - left) * (steps[at] - first) / span;
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
    cursor.style.visibility = "visible";
    const values = curves.filter(([, ys]) => ys[at] !== null).map(([name, ys]) => `${name} ${Number(ys[at].toPrecision(4))}`);
    readout.textContent = `${along} ${steps[at].toLocaleString("en")}: ${values.join(", ")}`;
  };
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const step = first + span * ((event.clientX - box.left) / box.width * width - left) / (right - left);
    at = steps.reduce((best, value, index) => Math.abs(value - step) < Math.abs(steps[best] - step) ? index : best, 0);
    tell();
  });
  svg.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, Home: -steps.length, End: steps.length }[event.key];
    if (!by) return;
    event.preventDefault();
    at = Math.max(0, Math.min(steps.length - 1, at + by));
    tell();
  });
}
