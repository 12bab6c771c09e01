import type { Lower } from './lowering.ts'
import { normByPieces, normGradByPieces } from './pieceNorm.ts'

export const groupNorm: Lower<'groupNorm'> = (plan, node) =>
  normByPieces(plan, node, (owner) => Math.floor((owner * node.attrs.groups) / node.inputs[0].shape[1]))

export const groupNormGrad: Lower<'groupNormGrad'> = (plan, node) =>
  normGradByPieces(plan, node, (owner) => Math.floor((owner * node.attrs.groups) / node.inputs[1].shape[1]))
