import type { ProgressReport } from 'volvox'

/** `1 h 02 min`, `3 min 05 s`, `7 s`. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds))
  const two = (n: number) => String(n).padStart(2, '0')
  if (s >= 3600) return `${Math.floor(s / 3600)} h ${two(Math.floor((s % 3600) / 60))} min`
  return s >= 60 ? `${Math.floor(s / 60)} min ${two(s % 60)} s` : `${s} s`
}

/** `1.3 %`: the share that `part` is of `whole`. */
export function share(part: number, whole: number): string {
  return `${((100 * part) / Math.max(whole, 1e-9)).toFixed(1)} %`
}

/** `1 step`, `12 steps`. */
export function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}

/** A bar of `width` characters, in eighths of a character. */
export function bar(fraction: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, fraction)) * width * 8)
  const full = '█'.repeat(Math.floor(eighths / 8))
  const part = eighths % 8 === 0 ? '' : ' ▏▎▍▌▋▊▉'[eighths % 8]
  return (full + part).padEnd(width, '░')
}

/** One line about a running training. */
export function progressLine({
  fraction,
  iteration,
  loss,
  trainingDice,
  metrics,
  samplesPerSecond,
  remainingSeconds,
}: ProgressReport): string {
  const parts = [
    `${bar(fraction, 24)} ${String(Math.floor(fraction * 100)).padStart(3)}%`,
    `step ${iteration}`,
    ...(loss === null ? [] : [`loss ${loss.toFixed(3)}`]),
    ...(trainingDice === null ? [] : [`Dice ${trainingDice.toFixed(3)}`]),
    ...(metrics.Dice === undefined ? [] : [`(validation ${metrics.Dice.toFixed(3)})`]),
    ...(samplesPerSecond === null ? [] : [`${samplesPerSecond.toFixed(1)} samples/s`]),
    ...(remainingSeconds === null ? [] : [`${duration(remainingSeconds)} left`]),
  ]
  return parts.join('  ')
}

/** One line about work of known length. */
export function countLine(what: string, done: number, total: number): string {
  return `${bar(done / total, 24)} ${what} ${done} of ${total}`
}
