import { expect, test } from 'vitest'
import { image } from '../../core/image.ts'
import { registry } from '../../registry.ts'

const zeros = (...shape: number[]) => image('float32', shape, new Float32Array(shape.reduce((a, b) => a * b, 1)))

/** What is wrong: the transform, its options, the sample (or the inputs of a plain form), and how the sentence begins. */
const mistakes: readonly (readonly [string, object, unknown, string])[] = [
  ['Relabeld', { keys: 'label', labelMappings: { default: [] } }, {}, 'Relabeld: no "label" in the sample'],
  ['Relabeld', { keys: 'label', labelMappings: { default: [[1]] } }, {}, 'Relabeld.labelMappings: {"default":[[1]]} does not fit'], // prettier-ignore
  ['Relabeld', { keys: 'label', labelMappings: { default: [] } }, { label: 5 }, 'Relabeld: "label" holds 5 instead of an image'], // prettier-ignore
  ['VistaPostTransformd', { keys: 'pred' }, { pred: zeros(3, 4, 4, 4), label_prompt: [7] }, 'VistaPostTransformd: "label_prompt" has 1 class numbers for 3 channels'], // prettier-ignore
  ['VistaPostTransformd', { keys: 'pred' }, { pred: zeros(1, 4, 4, 4), points: [[[9, 0, 0]]], point_labels: [[1]] }, 'VistaPostTransformd: "points" has [9, 0, 0] in an image of [4, 4, 4]'], // prettier-ignore
  ['RandomKspaceMaskd', { keys: 'k', centerFractions: [0.1, 0.2], accelerations: [4] }, { k: zeros(1, 4, 4, 2) }, 'RandomKspaceMaskd.centerFractions: has 2 values for 1 accelerations'], // prettier-ignore
  ['RandomKspaceMaskd', { keys: 'k', centerFractions: [0.1], accelerations: [4] }, { k: zeros(1, 4, 4, 3) }, 'RandomKspaceMaskd: the k-space has the shape [1, 4, 4, 3]'], // prettier-ignore
  ['EquispacedKspaceMaskd', { keys: 'k', centerFractions: [0.5], accelerations: [4] }, { k: zeros(1, 4, 8, 2) }, 'EquispacedKspaceMask: 4 of 8 columns in the middle are more than an acceleration of 4 leaves'], // prettier-ignore
  ['ExtractDataKeyFromMetaKeyd', { keys: 'a', metaKey: 'image' }, { image: zeros(1, 2, 2) }, 'ExtractDataKeyFromMetaKeyd: no "a" in "image"'], // prettier-ignore
  ['ReferenceBasedSpatialCropd', { keys: 'a', refKey: 'b' }, { a: zeros(1, 2, 2) }, 'ReferenceBasedSpatialCropd: no "b" in the sample (it has "a")'], // prettier-ignore
  ['EnsureSameShaped', {}, { image: zeros(1, 9, 4), label: zeros(1, 3, 4) }, 'EnsureSameShaped: "label" has the size [3, 4], "image" [9, 4]'], // prettier-ignore
  ['FindAllValidSlicesd', {}, { label: zeros(2, 3, 4, 4) }, 'FindAllValidSlicesd: "label" has the shape [2, 3, 4, 4]'],
  ['Fetch2DSliced', { keys: 'image' }, { image: zeros(3, 4, 4), guidance: [[], []] }, 'Fetch2DSliced: "guidance" does not name a slice'], // prettier-ignore
  ['Fetch2DSliced', { keys: 'image' }, { image: zeros(3, 4, 4), guidance: [[], [], 3] }, 'Fetch2DSliced: "guidance" names slice 3 of 3 in "image"'], // prettier-ignore
  ['AddInitialSeedPointd', {}, { label: zeros(1, 4, 4) }, 'AddInitialSeedPointd: "label" is empty'],
  ['AddGuidanceSignald', {}, { image: zeros(1, 4, 4), guidance: 'none' }, 'AddGuidanceSignald: "guidance" holds the text "none"'], // prettier-ignore
  ['AddGuidanceSignald', {}, { image: zeros(1, 4, 4), guidance: [[[1]]] }, 'AddGuidanceSignald: the click [1] has 1 numbers in an image of 2 axes'], // prettier-ignore
  ['AddRandomGuidanced', {}, { guidance: [[], []], discrepancy: [], probability: 2 }, 'AddRandomGuidanced: "probability" is 2'], // prettier-ignore
  ['SpatialCropForegroundd', { keys: 'a', sourceKey: 'a', spatialSize: [3] }, { a: image('float32', [1, 1, 1], Float32Array.of(1)) }, 'SpatialCropForegroundd.spatialSize: has 1 values for 2 axes'], // prettier-ignore
  ['SpatialCropGuidanced', { keys: 'a', guidance: 'g', spatialSize: [3, 3] }, { a: zeros(1, 4, 4), g: [[], []] }, 'SpatialCropGuidanced: the guidance has no clicks of 2 numbers'], // prettier-ignore
  ['AddGuidanceFromPointsd', { refImage: 'a' }, { a: image('float32', [3, 4, 4], new Float32Array(48), { meta: { spatial_shape: [4, 4, 3] } }), foreground: [], background: [] }, 'AddGuidanceFromPointsd: there is no click'], // prettier-ignore
  ['RestoreLabeld', { keys: 'p', refImage: 'a', restoreResizing: false }, { p: zeros(1, 9, 9), a: zeros(1, 4, 4), a_meta_dict: { foreground_original_shape: [1, 4, 4], foreground_start_coord: [0, 0] } }, 'RestoreLabeld: a prediction of [1, 9, 9] does not fit at [0, 0]'], // prettier-ignore
  ['AddInitialSeedPointDeepEditd', { keys: 'label' }, { label: zeros(1, 4, 4), label_names: { a: 1 }, sids: { a: [] } }, 'AddInitialSeedPointDeepEditd: "label" has no voxel of "a"'], // prettier-ignore
  ['SingleLabelSelectiond', { keys: 'label', labelNames: ['nose'] }, { label: zeros(1, 4, 4) }, 'SingleLabelSelectiond.labelNames: "nose" is unknown'], // prettier-ignore
  ['SplitPredsLabeld', { keys: 'pred' }, { pred: zeros(1, 4), label: zeros(1, 4), label_names: { a: 1 } }, 'SplitPredsLabeld: "pred" has 1 channels'], // prettier-ignore
  ['ResizeGuidanceMultipleLabelDeepEditd', { guidance: 'g', refImage: 'a' }, { a: zeros(1, 4, 4), g: {} }, 'ResizeGuidanceMultipleLabelDeepEditd: "spatial_shape" of the image'], // prettier-ignore
  ['FindAllValidSlicesDeepEditd', { keys: 'label' }, { label: zeros(1, 3, 4, 4), label_names: { a: 'b' } }, 'FindAllValidSlicesDeepEditd: "a" of "label_names" is "b"'], // prettier-ignore
  ['FlattenLabeld', { keys: 'a', connectivity: 3 }, { a: zeros(4, 4) }, 'FlattenLabeld.connectivity: 3 is more than the 2 axes of "a"'], // prettier-ignore
  ['SplitLabeld', { keys: ['a', 'b'] }, { a: zeros(1, 4, 4) }, 'SplitLabeld.keys: has 2 keys'],
  ['SplitLabeld', { keys: 'a' }, { a: zeros(1, 4, 4), mask_value: 'x' }, 'SplitLabeld: "mask_value" holds "x"'],
  ['AddLabelAsGuidanced', { keys: 'a' }, { a: zeros(1, 4, 4), label: zeros(1, 3, 4) }, 'AddLabelAsGuidanced: "label" is [1, 3, 4], "a" [1, 4, 4]'], // prettier-ignore
  ['PostFilterLabeld', { keys: 'a' }, { a: zeros(1, 4, 4), bounding_boxes: [[0, 0, 3, 3]], img_width: 9, img_height: 9 }, 'PostFilterLabeld: box 0 is [0, 0, 3, 3] for a patch of [4, 4]'], // prettier-ignore
  ['AddPointGuidanceSignald', { addExclusionMap: false }, { image: zeros(1, 4, 4), label: zeros(1, 4, 5) }, 'AddPointGuidanceSignald: "label" is [1, 4, 5] for an image of [1, 4, 4]'], // prettier-ignore
  ['AddClickSignalsd', { bbSize: 2 }, { image: zeros(1, 4, 4), foreground: [[9, 9]] }, 'AddClickSignalsd: "foreground" has no click inside'], // prettier-ignore
  ['AddClickSignalsd', { bbSize: 5 }, { image: zeros(1, 4, 4), foreground: [[1, 1]] }, 'AddClickSignalsd: "image" is [4, 4], less than bbSize 5'], // prettier-ignore
  [
    'ExtractPatchd',
    { keys: 'a', patchSize: 2 },
    { a: zeros(1, 4, 4), centroid: [1] },
    'ExtractPatchd: "centroid" is [1]',
  ],
  ['FilterImaged', { keys: 'a' }, { a: zeros(3, 4, 4) }, 'FilterImaged: "a" has the shape [3, 4, 4]'],
  ['Watershed', {}, [zeros(1, 4, 4), zeros(1, 4, 5)], 'Watershed: the mask has the shape [1, 4, 5], the map [1, 4, 4]'],
  ['GenerateWatershedMask', { activation: 'tanh' }, [zeros(2, 4, 4)], 'GenerateWatershedMask.activation: "tanh" does not fit'], // prettier-ignore
  ['GenerateInstanceBorder', {}, [zeros(1, 9, 9), zeros(2, 9, 9)], 'GenerateInstanceBorder: the hover map is 0 everywhere'], // prettier-ignore
  [
    'GenerateDistanceMap',
    {},
    [zeros(2, 9, 9), zeros(1, 9, 9)],
    'GenerateDistanceMap: the mask has the shape [2, 9, 9]',
  ],
  ['GenerateWatershedMarkers', {}, [zeros(1, 9, 9), zeros(2, 9, 9)], 'GenerateWatershedMarkers: the border has the shape [2, 9, 9]'], // prettier-ignore
  ['GenerateInstanceCentroid', {}, [zeros(1, 4, 4)], 'GenerateInstanceCentroid: the mask is empty'],
  ['GenerateInstanceType', {}, [zeros(1, 4, 4), zeros(1, 4, 4), [[0, 2, 0, 2]], 3], 'GenerateInstanceType: instance 3 has no pixel in [0, 2, 0, 2]'], // prettier-ignore
  ['GenerateWatershedMaskd', { keys: 'a' }, { a: zeros(2, 4, 4), mask: 1 }, 'GenerateWatershedMaskd: the sample has a "mask" already'], // prettier-ignore
  ['ExtractHEStains', {}, [zeros(3, 4, 4)], 'ExtractHEStains: the slide has the shape [3, 4, 4]'],
  ['NormalizeHEStains', {}, [image('float32', [1, 1, 3], Float32Array.of(0, 300, 0))], 'NormalizeHEStains: the slide has the value 300'], // prettier-ignore
  ['ExtractHEStains', {}, [image('float32', [1, 1, 3], Float32Array.of(255, 255, 255))], 'ExtractHEStains: the slide has 0 pixels that absorb more'], // prettier-ignore
  ['PathologyProbNMS', { boxSize: [3] }, [zeros(4, 4)], 'ProbNMS.boxSize: has 1 values for 2 axes'],
]

for (const [name, options, given, sentence] of mistakes)
  test(`${name}: ${sentence.slice(name.length + 1, 70)}`, () => {
    const run = () => {
      const made = registry().create({ _target_: name, ...options }) as (...inputs: unknown[]) => unknown
      return Array.isArray(given) ? made(...(given as unknown[])) : made(given)
    }
    expect(run).toThrow(sentence)
  })
