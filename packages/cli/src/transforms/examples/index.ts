import { appsExamples } from './apps.ts'
import { boxExamples } from './boxes.ts'
import { croppadExamples } from './croppad.ts'
import type { Examples } from './example.ts'
import { intensityExamples } from './intensity.ts'
import { pathologyExamples } from './pathology.ts'
import { postExamples } from './post.ts'
import { signalExamples } from './signal.ts'
import { spatialExamples } from './spatial.ts'
import { utilityExamples } from './utility.ts'

/** What the pages of transforms show, by the name of the form that is shown. */
export const transformExamples: Examples = {
  ...appsExamples,
  ...boxExamples,
  ...croppadExamples,
  ...intensityExamples,
  ...pathologyExamples,
  ...postExamples,
  ...signalExamples,
  ...spatialExamples,
  ...utilityExamples,
}
