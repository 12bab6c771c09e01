import { folderOf } from '../transforms/components.ts'
import type { DatasetDescription } from './datasets/dataset.ts'
import type { TransformConfig } from './pipeline.ts'
import type { LoaderFolder } from './thread.ts'

/** Where what puts samples together is. */
const collating: Readonly<Record<string, LoaderFolder>> = {
  PadListDataCollate: 'padListDataCollate',
  noCollation: 'noCollation',
}

/** The folders that hold what a thread needs to make batches; null where one of its components is in none of them. */
export function neededBy(dataset: DatasetDescription, collate: TransformConfig | null): readonly LoaderFolder[] | null {
  const configs = [...configsOf(dataset), ...(collate ? [collate] : [])]
  const folders = configs.flatMap(namesIn).map((name) => collating[name] ?? folderOf(name))
  const found = folders.filter((folder) => folder !== null)
  return found.length === folders.length ? [...new Set(found)] : null
}

function configsOf(dataset: DatasetDescription): readonly TransformConfig[] {
  const configs: readonly (TransformConfig | null)[] = dataset.transform
  const own = configs.filter((config) => config !== null)
  return dataset.kind === 'zip' ? [...own, ...dataset.datasets.flatMap(configsOf)] : own
}

/** The component that a config names, and those of the transforms in it. */
function namesIn({ _target_: name, transforms }: TransformConfig): readonly string[] {
  const inner = Array.isArray(transforms) ? (transforms as TransformConfig[]).flatMap(namesIn) : [] // as describeSteps makes them
  return [String(name), ...inner]
}
