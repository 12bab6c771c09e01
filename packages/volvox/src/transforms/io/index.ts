export { LoadImage, LoadImaged, type ImageLoader } from './load.ts'
export { WriteFileMapping, WriteFileMappingd } from './fileMapping.ts'
export { SaveImage, SaveImaged } from './save.ts'
