import { bool, intOrInts } from '../../core/options.ts'
import * as m from '../../graph/math.ts'
import { layer } from '../layer.ts'
import { network } from '../network.ts'
import { poolLayer } from './pool.ts'
import { blockOptions } from './unitOptions.ts'

/** The largest element and the mean under each window, side by side: twice the channels (MONAI MaxAvgPool). */
export const MaxAvgPool = network({
  name: 'MaxAvgPool',
  options: {
    spatialDims: blockOptions.spatialDims,
    kernelSize: intOrInts.req('Size of the windows.'),
    stride: intOrInts.opt('Step between windows; their size when null.', null),
    padding: intOrInts.opt('Elements around the image.', 0),
    ceilMode: bool.opt('Whether a last window may reach over the end.', false),
  },
  build: ({ spatialDims: _, ...window }) =>
    layer({
      children: { max_pool: poolLayer(['max', window]), avg_pool: poolLayer(['avg', window]) },
      forward: (own, [x]) => m.concat([own.max_pool(x), own.avg_pool(x)], 1),
    }),
})
