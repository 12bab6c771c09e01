import { OptionError } from '../../core/errors.ts'

/** How many axes neighbours may differ in: as given, all of them when null; refuses more than there are. */
export function connectivityOf(name: string, given: number | null, axes: number): number {
  const connectivity = given ?? axes
  if (connectivity <= axes) return connectivity
  throw new OptionError(
    `${name}.connectivity`,
    `${connectivity} is more than the ${axes} axes of the image; use 1 to ${axes}`,
  )
}

/** Refuses labels of a one-hot image that are none of its channels. */
export function checkChannels(name: string, labels: readonly number[], channels: number): void {
  const bad = labels.find((label) => label < 0 || label >= channels)
  if (bad !== undefined)
    throw new OptionError(
      `${name}.appliedLabels`,
      `${bad} is not a channel of an image with ${channels}; use 0 to ${channels - 1}`,
    )
}
