import type { Image } from '../../core/image.ts'

/** Notes the number and the centre of one of several boxes, as MONAI's metadata has them. */
export function numbered(img: Image, _options: unknown, index: number): Image {
  const crop_center = img.history.at(-1)?.options?.roiCenter
  return { ...img, meta: { ...img.meta, patch_index: index, crop_center } }
}
