// Small things that several parts of the page do with its elements.

export const byId = (id) => document.getElementById(id);

// Show what went wrong; nothing, to take it away.
export function complain(place, problem) {
  place.hidden = !problem;
  place.textContent = problem ? problem.message : "";
}

export function fill(select, names) {
  select.replaceChildren(...names.map(([value, text]) => new Option(text, value)));
}

// Seconds as minutes and seconds: 3:07.
export function clock(seconds) {
  const whole = Math.floor(seconds + 1e-6);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
