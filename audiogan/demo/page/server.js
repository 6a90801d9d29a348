// Asking the server.

const POLL = 400; // milliseconds between looks at the progress

// What the server said no to, in its own words.
export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (problem) {
    if (problem.name === "AbortError") throw problem;
    throw new Refused("The server does not answer. Is audiogan demo still running?", 0);
  }
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  throw new Refused(told.error || `The server failed (${answer.status}). Its window says why.`, answer.status);
}

function address(path, words) {
  const said = Object.entries(words).filter(([, word]) => word !== "" && word !== null && word !== undefined);
  return `${path}?${new URLSearchParams(said)}`;
}

export async function models() {
  return (await ask("/models")).json();
}

// The samples that a generator draws.
export async function generate(words, signal) {
  return (await ask(address("/generate", words), { method: "POST", signal })).json();
}

// A sound, enhanced, and what the server says of it. `tell` is called with the share that is done.
export async function enhance(sound, words, signal, tell) {
  const ticket = [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(36)).join("");
  const watch = setInterval(async () => {
    const answer = await fetch(address("/progress", { ticket })).catch(() => null);
    const share = answer && answer.ok ? (await answer.json()).share : null;
    if (share !== null && !signal.aborted) tell(share);
  }, POLL);
  try {
    return await sent("/enhance", sound, { ...words, ticket }, signal);
  } finally {
    clearInterval(watch);
  }
}

// The same sound as a WAV file, for formats that browsers do not know or cut differently.
export async function asWav(sound, name, signal) {
  return (await sent("/wav", sound, { name }, signal)).file;
}

async function sent(path, sound, words, signal) {
  const answer = await ask(address(path, words), { method: "POST", body: sound, signal });
  return { file: await answer.blob(), sound: JSON.parse(answer.headers.get("X-Sound")) };
}
