// How fast bytes go, and what people are told about it.

const smoothing = 4000;
const between = 250;

/** The speed of something of which `at(bytes)` is told how far it is; older values count less. */
export class Pace {
  speed = null;
  #bytes = null;
  #time = 0;

  at(bytes, now = performance.now()) {
    if (this.#bytes === null || bytes < this.#bytes) {
      [this.#bytes, this.#time] = [bytes, now];
      return;
    }
    const passed = now - this.#time;
    if (passed < between) return;
    const fresh = 1000 * (bytes - this.#bytes) / passed;
    this.speed = this.speed === null ? fresh : this.speed + (fresh - this.speed) * (1 - Math.exp(-passed / smoothing));
    [this.#bytes, this.#time] = [bytes, now];
  }

  /** The time until the next call does not count. */
  rest() {
    this.#bytes = null;
    this.speed = null;
  }
}

/** Lines break between the parts of a sentence, not within one. */
const fixed = '\u00a0';
const units = ['bytes', 'KB', 'MB', 'GB'];

/** `12 MB`; as in the limits, 1 MB has 1024 KB. */
export function amount(bytes) {
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1).replace('.0', '') : Math.round(value)}${fixed}${units[unit]}`;
}

function timeLeft(seconds) {
  const time = seconds < 55 ? `${seconds < 10 ? Math.max(1, Math.ceil(seconds)) : 5 * Math.ceil(seconds / 5)} s`
    : seconds < 55 * 60 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
  return `about ${time} left`.replaceAll(' ', fixed);
}

/** `12 MB of 48 MB, 3 MB/s, about 12 s left` */
export function progress(bytes, size, speed = null) {
  const text = `${amount(bytes)} of ${amount(size)}`;
  return speed >= 1 && bytes < size ? `${text}, ${amount(speed)}/s, ${timeLeft((size - bytes) / speed)}` : text;
}
