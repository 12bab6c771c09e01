export { VistaPostTransformd } from './postTransform.ts'
export { VistaPreTransformd } from './preTransform.ts'
export { Relabeld } from './relabel.ts'
