import { expect, test } from 'vitest'
import { registry } from '../registry.ts'

test.each(['RandAffined', 'Rand3DElasticd', 'EnsureTyped', 'RandSimulateLowResolutiond'])(
  '%s takes the device of a config of MONAI, without effect',
  (name) => {
    const required = { sigma_range: [1, 2], magnitude_range: [1, 2] }
    const config = { _target_: name, keys: 'image', device: 'cuda:0', ...(name.startsWith('Rand3D') && required) }
    const made = registry().create(config) as { options: object }
    expect(made.options).not.toHaveProperty('device')
  },
)
