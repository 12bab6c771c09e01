// Outputs and gradients were compared with MONAI 1.4 when this was written; its BERT layers were those of their paper.
import { expect, test } from 'vitest'
import { floats, sizeOf, type FloatTensor } from '../../core/tensor.ts'
import { gradients } from '../../graph/autodiff.ts'
import { evaluate } from '../../graph/interpret/index.ts'
import { input } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { TorchGenerator } from '../../rng/index.ts'
import { forwardPass } from '../pass.ts'
import { BertMixedLayer, MultiModal, Transchex } from './transchex.ts'

const small = {
  inChannels: 1,
  imgSize: [4, 4],
  patchSize: [2, 4],
  numClasses: 3,
  numLanguageLayers: 1,
  numVisionLayers: 1,
  numMixedLayers: 1,
  hiddenSize: 8,
  intermediateSize: 6,
  numAttentionHeads: 2,
  vocabSize: 10,
  maxPositionEmbeddings: 5,
}
const tokens = floats([2, 3], [0, 3, 9, 1, 1, 2])
const types = floats([2, 3], [0, 0, 0, 0, 0, 0])
const image = floats(
  [2, 1, 4, 4],
  Float32Array.from({ length: 32 }, (_, i) => Math.sin(i)),
)
const typed = (value: FloatTensor, i: number) => input(String(i), { dtype: 'float32', shape: value.shape })

test('Transchex has the weights of MONAI', () => {
  const net = Transchex({ ...small, inChannels: 3, imgSize: [224, 224], patchSize: [32, 32], numLanguageLayers: 2 })
  expect(net.weights.slice(0, 5).map(({ name }) => name)).toEqual([
    'pos_embed_vis',
    'multimodal.embeddings.word_embeddings.weight',
    'multimodal.embeddings.position_embeddings.weight',
    'multimodal.embeddings.token_type_embeddings.weight',
    'multimodal.embeddings.LayerNorm.weight',
  ])
  expect(net.weights.map(({ name }) => name)).toContain('multimodal.language_encoder.1.attention.self.query.weight')
  const whole = Transchex({
    ...small,
    hiddenSize: 768,
    intermediateSize: 3072,
    numAttentionHeads: 12,
    vocabSize: 30522,
  })
  const sizes = whole.weights.filter(({ name }) => name.includes('encoder.0')).map(({ shape }) => sizeOf(shape))
  expect(sizes.reduce((a, b) => a + b)).toBe(2 * 7_087_872 + 4_727_808) // two BERT layers, a mixed one
})

test('types of tokens may be left out, and the row of no word is not trained', () => {
  const net = Transchex(small)
  const states = net.init(new TorchGenerator(1))
  const feeds = [tokens, types, image]
  const inputs = feeds.map(typed)
  const pass = forwardPass()
  const [all, without] = [inputs, [inputs[0], inputs[2]]].map((given) => net.forward(pass, ...given))
  const table = pass.states.get('multimodal.embeddings.word_embeddings.weight')!
  const [a, b, grad] = evaluate([all, without, ...gradients(m.sum(m.square(all)), [table])], { ...states, ...feeds })
  expect(a.shape).toEqual([2, 3])
  expect(b.data).toEqual(a.data)
  expect(grad.data.slice(0, 8).every((x) => x === 0)).toBe(true)
  expect(grad.data.slice(8, 32).some((x) => x === 0)).toBe(false)
})

test('options and inputs that do not fit are refused in a sentence', () => {
  const on = (...values: readonly FloatTensor[]) => Transchex(small).forward(forwardPass(), ...values.map(typed))
  expect(() => Transchex({ ...small, patchSize: [3, 4] })).toThrow(
    /^Transchex.patchSize: 3 does not divide the image's 4 pixels on axis 0; use a divisor$/,
  )
  expect(() => Transchex({ ...small, imgSize: [4] })).toThrow(
    /^Transchex.imgSize: \[4\] and patchSize \[2, 4\] are not of pictures; give two sizes each$/,
  )
  expect(() => Transchex({ ...small, padTokenId: 10 })).toThrow(
    /^Transchex.padTokenId: 10 is not one of 10 tokens; use 0 to 9$/,
  )
  expect(() => Transchex({ ...small, addCrossAttention: true })).toThrow(
    /^Transchex.isDecoder: is false; addCrossAttention needs a decoder$/,
  )
  expect(() => Transchex({ ...small, hiddenAct: 'glu' })).toThrow(/^Transchex.hiddenAct: "glu" is unknown/)
  expect(() => BertMixedLayer({ config: { hidden_siz: 4 } })).toThrow(
    /^BertMixedLayer.config.hidden_siz: no such option; did you mean "hiddenSize"\?$/,
  )
  const bertConfig = { hidden_size: 8, num_attention_heads: 3 }
  expect(() => MultiModal({ numLanguageLayers: 1, numVisionLayers: 0, numMixedLayers: 0, bertConfig })).toThrow(
    /^MultiModal.numHeads: 3 heads do not divide 8 features; use a divisor of 8$/,
  )
  expect(() => on(tokens)).toThrow(
    /^Transchex: got 1 of its inputs; give input_ids \(tokens \[N, L\]\), vision_feats \(an image\)$/,
  )
  expect(() => on(floats([2, 6], new Float32Array(12)), image)).toThrow(
    /^Transchex: input_ids .* do not fit: tokens: are texts of 6; there are places for at most 5$/,
  )
  expect(() => on(tokens, floats([2, 2], [0, 0, 0, 0]), image)).toThrow(
    /^Transchex: input_ids .* do not fit: tokens: have shape \[2, 3\], their types \[2, 2\]; give as many types$/,
  )
  expect(() => on(tokens, floats([1, 1, 4, 4], image.data.slice(16)))).toThrow(
    /^Transchex: got 2 texts and 1 images; give as many of each$/,
  )
  expect(() => on(tokens, floats([2, 1, 4, 2], image.data.slice(16)))).toThrow(
    /^Transchex: axis 3 of the input has 2 voxels; this network takes 4$/,
  )
})
