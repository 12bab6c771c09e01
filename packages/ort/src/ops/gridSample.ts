import type { Lower } from '../lower.ts'

/** ONNX's operator since version 20; its cubic mode is for two axes only. */
export const gridSample: Lower<'gridSample'> = (model, { inputs, types: [{ shape }], attrs }) =>
  attrs.mode === 'cubic' && shape.length !== 4
    ? null
    : model.emit('GridSample', inputs, {
        mode: attrs.mode,
        padding_mode: attrs.paddingMode,
        align_corners: attrs.alignCorners ? 1 : 0,
      })

/** ONNX has no gradient. */
export const gridSampleGrad: Lower<'gridSampleGrad'> = () => null
