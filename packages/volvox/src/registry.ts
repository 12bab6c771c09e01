import { Registry, type Component } from './core/registry.ts'
import { appsDataComponents, dataComponents, ownDataComponents, torchDataComponents } from './data/components.ts'
import { BatchInverseTransform, Decollated } from './data/decollated.ts'
import { PadListDataCollate } from './data/padListDataCollate.ts'
import { detectionComponents } from './detection/components.ts'
import { infererComponents, orderingComponents, pathologyInfererComponents } from './inferers/components.ts'
import { lossComponents, pathologyLossComponents, torchLossComponents } from './losses/components.ts'
import { metricComponents, pathologyMetricComponents } from './metrics/components.ts'
import { blockComponents, layerComponents, reconstructionBlockComponents } from './networks/partComponents.ts'
import {
  basicUnetComponents,
  daf3dComponents,
  maisiBlockComponents,
  maisiComponents,
  networkComponents,
  networkPartComponents,
  reconstructionComponents,
  regunetComponents,
  vectorQuantizerComponents,
  vista3dComponents,
  vnetComponents,
} from './networks/components.ts'
import { monaiOptimizerComponents, optimizerComponents, torchRateComponents } from './optimizers/components.ts'
import { schedulerComponents } from './schedulers/components.ts'
import { appsTransformComponents } from './transforms/apps/components.ts'
import { boxComponents } from './transforms/boxes/components.ts'
import { transformComponents } from './transforms/components.ts'
import { readers } from './transforms/io/readers/readers.ts'
import { saliencyComponents, visualizeComponents } from './visualize/components.ts'

/**
 * Every component under its MONAI module, the one list of what configs can name. Each folder of components exports
 * its own table in `components.ts`; a new folder adds a line here.
 */
export function registry(): Registry {
  const tables: Readonly<Record<string, Readonly<Record<string, Component>>>> = {
    'monai.apps': appsDataComponents,
    'monai.apps.detection': detectionComponents,
    'monai.apps.generation.maisi.networks': { ...maisiComponents, ...maisiBlockComponents },
    'monai.apps.detection.transforms': boxComponents,
    'monai.apps.pathology.inferers': pathologyInfererComponents,
    'monai.apps.pathology.losses': pathologyLossComponents,
    'monai.apps.pathology.metrics': pathologyMetricComponents,
    'monai.apps.reconstruction.networks.blocks': reconstructionBlockComponents,
    'monai.apps.reconstruction.networks.nets': reconstructionComponents,
    'monai.data': { ...dataComponents, ...readers },
    'monai.inferers': { ...infererComponents, ...saliencyComponents },
    'monai.losses': lossComponents,
    'monai.metrics': metricComponents,
    'monai.networks.blocks': blockComponents,
    'monai.networks.layers': { ...layerComponents, ...vectorQuantizerComponents },
    'monai.networks.nets': { ...networkComponents, ...networkPartComponents },
    'monai.networks.nets.basic_unet': basicUnetComponents,
    'monai.networks.nets.daf3d': daf3dComponents,
    'monai.networks.nets.regunet': regunetComponents,
    'monai.networks.nets.vista3d': vista3dComponents,
    'monai.networks.nets.vnet': vnetComponents,
    'monai.networks.schedulers': schedulerComponents,
    'monai.optimizers': monaiOptimizerComponents,
    'torch.nn': torchLossComponents,
    'torch.optim': optimizerComponents,
    'torch.optim.lr_scheduler': torchRateComponents,
    'torch.utils.data': torchDataComponents,
    'monai.transforms': { ...transformComponents, BatchInverseTransform, Decollated, PadListDataCollate },
    'monai.utils': orderingComponents,
    'monai.visualize': visualizeComponents,
    'volvox.data': ownDataComponents,
    ...appsTransformComponents,
  }
  const result = new Registry()
  for (const [module, components] of Object.entries(tables)) result.register(module, components)
  return result
}
