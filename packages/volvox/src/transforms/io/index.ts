export { LoadImage, LoadImaged, type ImageLoader } from './load.ts'
export { SaveImage, SaveImaged } from './save.ts'
