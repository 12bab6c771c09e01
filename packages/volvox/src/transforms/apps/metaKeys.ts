import { OptionError } from '../../core/errors.ts'
import { text } from '../../core/options.ts'
import { keysKind } from '../sample.ts'
import type { MetaPlace } from './entries.ts'

/** Options that say where the facts about images are. */
export const metaOptions = {
  metaKeys: keysKind.opt('Keys of the facts about the images; made of their keys when null.', null),
  metaKeyPostfix: text.opt('End of a key of facts, after an underscore.', 'meta_dict'),
}

/** The same for one image. */
export const metaOption = {
  metaKeys: text.opt('Key of the facts about the image; made of its key when null.', null),
  metaKeyPostfix: metaOptions.metaKeyPostfix,
}

/** Where the facts about each of several images are. */
export function metaKeysAt(
  name: string,
  keys: readonly string[],
  { metaKeys, metaKeyPostfix }: { readonly metaKeys: readonly string[] | null; readonly metaKeyPostfix: string },
): MetaPlace[] {
  if (metaKeys && metaKeys.length !== keys.length)
    throw new OptionError(
      `${name}.metaKeys`,
      `has ${metaKeys.length} values for ${keys.length} keys; give one for each`,
    )
  return keys.map((imageKey, i) => ({ imageKey, metaKey: metaKeys?.[i] ?? null, postfix: metaKeyPostfix }))
}
