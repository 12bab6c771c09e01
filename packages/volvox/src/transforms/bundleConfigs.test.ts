import { expect, test } from 'vitest'
import { registry } from '../registry.ts'

/** How published bundles give options that MONAI takes as they are. */
const published = [
  { _target_: 'CropForegroundd', keys: ['image'], source_key: 'image', start_coord_key: null, end_coord_key: null },
  { _target_: 'SaveImaged', keys: 'pred', meta_key_postfix: null, output_dir: 'out' },
  { _target_: 'NormalizeIntensityd', keys: 'image', nonzero: 'True', channel_wise: 'true' },
  { _target_: 'RandZoomd', keys: ['image', 'label'], prob: 0.15, max: 1.1, min: 0.9 },
  { _target_: 'RandZoomBoxd', image_keys: 'image', box_keys: 'box', label_keys: 'label', box_ref_image_keys: 'image' },
]

test.each(published)('$_target_ takes what bundles give', (config) =>
  expect(registry().create(config)).toBeTypeOf('function'),
)

test('text for a switch is true, or refused', () =>
  expect(() => registry().create({ _target_: 'NormalizeIntensityd', keys: 'image', nonzero: 'False' })).toThrow(
    /^NormalizeIntensityd.nonzero: "False" does not fit; give true or false$/,
  ))
