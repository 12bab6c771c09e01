import {
  caseNameOf,
  ConfigError,
  loadDecathlonDatalist,
  loadDecathlonProperties,
  RandomState,
  type DecathlonProperties,
  type Sample,
} from 'volvox'
import { nodeFiles } from '@volvox/node'

/** The cases of a Decathlon data set, for training and for watching it. */
export interface Cases {
  readonly properties: DecathlonProperties
  readonly training: readonly Sample[]
  readonly validation: readonly Sample[]
  /** Where the validation cases come from, when the data set has no list of them. */
  readonly remark: string | null
}

/** Share of the training cases that are kept for validation when the data set has no list of its own. */
const keptAside = 0.2

/** Reads both lists; without a list `validation`, every fifth case (chosen by a fixed seed) is kept out of training for it. */
export function loadCases(dataPath: string): Cases {
  const properties = loadDecathlonProperties(dataPath, nodeFiles)
  const list = (dataListKey: string) =>
    loadDecathlonDatalist({ dataListFilePath: dataPath, dataListKey, files: nodeFiles })
  const training = list('training')
  if ((properties.lists.validation ?? 0) > 0)
    return { properties, training, validation: list('validation'), remark: null }
  const count = Math.round(training.length * keptAside)
  if (count === 0)
    throw new ConfigError(
      dataPath,
      `${training.length} training cases and no list "validation"; give at least 3 cases, or both lists`,
    )
  const order = training.map((_, i) => i)
  new RandomState(0).shuffle(order)
  const aside = new Set(order.slice(0, count))
  return {
    properties,
    training: training.filter((_, i) => !aside.has(i)),
    validation: training.filter((_, i) => aside.has(i)),
    remark: `The data set has no list "validation": ${count} of ${training.length} training cases are kept out of training for it.`,
  }
}

/** The cases of one list; `validation` also where it was set aside by `loadCases`. */
export function casesOf(dataPath: string, list: string): readonly Sample[] {
  if (list === 'validation') return loadCases(dataPath).validation
  return loadDecathlonDatalist({ dataListFilePath: dataPath, dataListKey: list, files: nodeFiles })
}

/** What a case is called: its image's file name without extensions. */
export function nameOfCase(sample: Sample): string {
  return caseNameOf(String(Array.isArray(sample.image) ? sample.image[0] : sample.image))
}
