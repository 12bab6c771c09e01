import type { Component } from '../core/registry.ts'
import { parseOptions, text, type Given, type Schema } from '../core/options.ts'

/** Transforms that only mark a place in a profile of NVTX; there is none here, so values pass as they are. */
function mark<S extends Schema>(name: string, schema: S): Component & ((given?: Given<S>) => <T>(value: T) => T) {
  const make = (given?: Given<S>) => {
    const options = parseOptions(name, schema, given ?? {})
    return Object.assign(<T>(value: T): T => value, { transformName: name, options, schema })
  }
  return Object.assign(make, { componentName: name, schema })
}

const message = { msg: text.opt('Kept for configs of MONAI.', null) }

/** The value as it is (MONAI `Mark`, which marks a place in a profile of NVTX). */
export const Mark = mark('Mark', message)
export const Markd = mark('Markd', message)
export const RandMark = mark('RandMark', message)
export const RandMarkd = mark('RandMarkd', message)
/** The value as it is (MONAI `RangePush`, with which a stretch of a profile of NVTX begins). */
export const RangePush = mark('RangePush', message)
export const RangePushd = mark('RangePushd', message)
export const RandRangePush = mark('RandRangePush', message)
export const RandRangePushd = mark('RandRangePushd', message)
/** The value as it is (MONAI `RangePop`, with which a stretch of a profile of NVTX ends). */
export const RangePop = mark('RangePop', {})
export const RangePopd = mark('RangePopd', {})
export const RandRangePop = mark('RandRangePop', {})
export const RandRangePopd = mark('RandRangePopd', {})
