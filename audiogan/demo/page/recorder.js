// The microphone, as it hears: without what browsers do against noise, which is the model's work here.

import { wavOf } from "./wav.js";

export class Recorder {
  // Ask for the microphone and begin. Throws an Error with words for the visitor.
  async start() {
    if (!navigator.mediaDevices) {
      throw new Error(
        isSecureContext
          ? "This browser has no way to record. Record with another program and choose the file."
          : "Browsers give the microphone only to pages of the same machine or by https. Choose a file instead.",
      );
    }
    const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio });
    } catch (problem) {
      throw new Error(told(problem));
    }
    this.context = new AudioContext();
    await this.context.audioWorklet.addModule("/recorder_worklet.js");
    this.blocks = [];
    this.node = new AudioWorkletNode(this.context, "recorder", { numberOfOutputs: 0 });
    this.node.port.onmessage = ({ data }) => this.blocks.push(data);
    this.context.createMediaStreamSource(this.stream).connect(this.node);
    await this.context.resume();
  }

  get seconds() {
    return this.context ? this.context.currentTime : 0;
  }

  // End, and give a WAV file.
  async stop() {
    const rate = this.context.sampleRate;
    this.stream.getTracks().forEach((track) => track.stop());
    await this.context.close();
    const whole = new Float32Array(this.blocks.reduce((sum, block) => sum + block.length, 0));
    let at = 0;
    for (const block of this.blocks) {
      whole.set(block, at);
      at += block.length;
    }
    return wavOf([whole], rate);
  }
}

function told(problem) {
  if (problem.name === "NotAllowedError") {
    return "The microphone was not allowed. Allow it for this page in the browser, beside the address, and press Record again.";
  }
  if (problem.name === "NotFoundError") return "There is no microphone here. Connect one, or choose a file.";
  if (problem.name === "NotReadableError") return "The microphone is in use by another program. Close it there, and try again.";
  return `The microphone cannot be used (${problem.message || problem.name}). Choose a file instead.`;
}
