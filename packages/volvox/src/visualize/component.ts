import { instance } from '../core/options.ts'
import { isVisualModel, type VisualModel } from './model.ts'

/** The network of a method that looks into it. */
export const visual = instance<VisualModel>('a visualModel', isVisualModel)
