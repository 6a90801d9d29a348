// Two sounds that run together. What is heard of them is a matter of two gains, so that switching loses no sample.

const FADE = 0.02; // seconds

// The gains of before and after. What was removed is the one less the other.
const GAINS = { before: [1, 0], after: [0, 1], removed: [1, -1] };

export class Player {
  // context: of Web Audio; changed: called when playing begins or ends by itself.
  constructor(context, changed = () => {}) {
    this.context = context;
    this.changed = changed;
    this.side = "after";
    this.voice = null;
    this.at = 0; // seconds, where playing goes on
  }

  // Two AudioBuffers. What plays goes on with the new ones from the same position.
  set(before, after) {
    const position = this.position;
    this.buffers = [before, after];
    this.seek(Math.min(position, this.duration));
  }

  get duration() {
    return this.buffers ? this.buffers[0].duration : 0;
  }

  get playing() {
    return this.voice !== null;
  }

  get position() {
    if (!this.voice) return this.at;
    const passed = Math.max(0, this.context.currentTime - this.voice.began);
    return Math.min(this.duration, this.voice.from + passed);
  }

  play() {
    if (this.playing || !this.buffers) return;
    if (this.at >= this.duration) this.at = 0;
    this.voice = this.started(this.at);
    this.changed();
  }

  pause() {
    if (!this.playing) return;
    this.at = this.position;
    this.end();
    this.changed();
  }

  seek(seconds) {
    const playing = this.playing;
    if (playing) this.end();
    this.at = Math.max(0, Math.min(this.duration, seconds));
    if (playing) this.voice = this.started(this.at);
  }

  choose(side) {
    this.side = side;
    if (!this.voice) return;
    this.voice.gains.forEach((gain, n) => this.ramp(gain.gain, GAINS[side][n]));
  }

  close() {
    this.pause();
    this.buffers = null;
    if (this.context.close) this.context.close();
  }

  started(from) {
    const { context } = this, master = context.createGain(), began = context.currentTime;
    master.connect(context.destination);
    master.gain.setValueAtTime(from ? 0 : 1, began);
    if (from) master.gain.linearRampToValueAtTime(1, began + FADE);
    const gains = [], sources = [];
    this.buffers.forEach((buffer, n) => {
      const source = context.createBufferSource(), gain = context.createGain();
      source.buffer = buffer;
      gain.gain.setValueAtTime(GAINS[this.side][n], began);
      source.connect(gain).connect(master);
      source.start(began, from);
      gains.push(gain);
      sources.push(source);
    });
    const voice = { master, gains, sources, began, from };
    sources[0].onended = () => {
      if (this.voice !== voice) return;
      this.voice = null;
      this.at = 0;
      this.changed();
    };
    return voice;
  }

  end() {
    const { master, sources } = this.voice;
    this.voice = null;
    this.ramp(master.gain, 0);
    sources.forEach((source) => source.stop(this.context.currentTime + FADE));
  }

  ramp(parameter, value) {
    const now = this.context.currentTime, current = parameter.value;
    parameter.cancelScheduledValues(now);
    parameter.setValueAtTime(current, now);
    parameter.linearRampToValueAtTime(value, now + FADE);
  }
}
