import { z } from 'zod'
import { Kind, ints } from '../../../core/options.ts'
import { sampleOptions } from '../../sample.ts'
import { wholeSample } from '../../wholeSample.ts'

const labelsKind = new Kind<Readonly<Record<string, string>>>('names of labels by class number', () =>
  z.record(z.string(), z.string()).readonly(),
)
const subclassKind = new Kind<Readonly<Record<string, readonly number[]>>>(
  'lists of class numbers by class number',
  () => z.record(z.string(), z.array(z.int()).readonly()).readonly(),
)

/**
 * Prepares prompts for VISTA3D: label names become class numbers, a class with parts becomes its parts, and clicks on the
 * special classes (tumours, vessels) get labels 2 and 3 instead of 0 and 1. It reads `label_prompt` and `point_labels`
 * (MONAI `VistaPreTransformd`).
 */
export const VistaPreTransformd = wholeSample({
  name: 'VistaPreTransformd',
  options: {
    ...sampleOptions,
    specialIndex: ints.opt('Class numbers whose clicks are labelled 2 and 3.', [25, 26, 27, 28, 29, 117]),
    labelsDict: labelsKind.opt('Names of labels by class number, for prompts by name.', null),
    subclass: subclassKind.opt('The parts of classes, by class number.', null),
  },
  apply(sample, { specialIndex, labelsDict, subclass }) {
    const prompt = sample.label_prompt
    if (!Array.isArray(prompt)) return sample
    const classes = classNumbers(prompt, labelsDict ?? {})
    const next: Record<string, unknown> = { ...sample }
    // As in MONAI, names become numbers in the sample only where parts are looked for.
    if (subclass) next.label_prompt = classes.flatMap((label) => subclass[String(label)] ?? [label])
    const points = sample.point_labels
    if (Array.isArray(points) && specialIndex.includes(Number(classes[0]))) next.point_labels = special(points)
    return next
  },
})

/** Class numbers of names in any case; new names get the next numbers. */
function classNumbers(prompt: readonly unknown[], names: Readonly<Record<string, string>>): unknown[] {
  const numbers = new Map(Object.entries(names).map(([number, name]) => [name.toLowerCase(), Number(number)]))
  const isNumber = (label: string) => /^\d+$/.test(label)
  for (const label of prompt)
    if (typeof label === 'string' && !isNumber(label) && !numbers.has(label.toLowerCase()))
      numbers.set(label.toLowerCase(), numbers.size)
  return prompt.map((label) =>
    typeof label === 'string' ? (numbers.get(label.toLowerCase()) ?? Number(label)) : label,
  )
}

/** 2 for 0 and 3 for 1, in nested lists. */
function special(labels: readonly unknown[]): unknown[] {
  return labels.map((label) => (Array.isArray(label) ? special(label) : label === 0 || label === 1 ? label + 2 : label))
}
