import { bool, text } from '../../core/options.ts'
import { imageAt, sampleOnly } from '../../transforms/sample.ts'
import { checkFinite, checkSegmentation } from '../checks.ts'
import { contentOf } from '../../core/contentOf.ts'
import { caseStats } from './caseStats.ts'

/** Puts what is to be known about a case in the place of its voxels, so that threads can find it out. */
export const CaseStatsd = sampleOnly({
  name: 'CaseStatsd',
  options: {
    labelKey: text.opt('Key of the label; none when null.', null),
    components: bool.opt('Count connected components.', false),
  },
  apply(sample, { keys, labelKey, components }) {
    const [imageKey] = keys
    const img = imageAt('CaseStatsd', sample, imageKey)
    const label = labelKey === null ? null : imageAt('CaseStatsd', sample, labelKey)
    if (labelKey === null) checkFinite(img, 'CaseStatsd')
    else checkSegmentation(sample, 'CaseStatsd', { imageKey, labelKey, values: [] })
    return { stats: caseStats(img, label, components), content: contentOf(img) }
  },
})
