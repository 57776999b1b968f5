// A sound of two tones, made here.

const TONES = [[0, 660], [0.12, 880]];
const LASTS = 0.35;
const LOUDNESS = 0.12;
let context;

/** Browsers let no page sound in which nobody has done anything yet; then it is silent. */
export function chime() {
  if (navigator.userActivation?.hasBeenActive === false) return;
  context ??= new AudioContext();
  context.resume();
  for (const [after, pitch] of TONES) {
    const tone = context.createOscillator();
    const volume = tone.connect(context.createGain());
    volume.connect(context.destination);
    const { gain } = volume;
    const at = context.currentTime + after;
    tone.frequency.value = pitch;
    gain.setValueAtTime(0, at);
    gain.linearRampToValueAtTime(LOUDNESS, at + 0.02);
    gain.exponentialRampToValueAtTime(0.001, at + LASTS);
    tone.start(at);
    tone.stop(at + LASTS);
  }
}
