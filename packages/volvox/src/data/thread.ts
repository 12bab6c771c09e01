import { Registry, type Component } from '../core/registry.ts'
import { transformFolders, type TransformFolder } from '../transforms/folders.ts'

// What a loader's thread begins with: nothing here imports a transform, a format or a network, which are loaded as they are needed.

export { listDataCollate, type Collate } from './collate.ts'
export { batchOf, datasetFrom } from './datasets/rebuild.ts'
export { sharedResult } from './datasets/sharedMemory.ts'
export { buffersOf, type LoaderReply, type LoaderRequest, type LoaderSetup, type LoaderTask } from './wire.ts'

/** What can be loaded by itself: a folder of transforms, or what puts samples together. */
export type LoaderFolder = TransformFolder | 'padListDataCollate' | 'noCollation'

const folders: Readonly<Record<LoaderFolder, () => Promise<Readonly<Record<string, Component>>>>> = {
  ...transformFolders,
  padListDataCollate: () => import('./padListDataCollate.ts'),
  noCollation: async () => (await import('./noCollation.ts')).noCollationComponent,
}

/** The components of some folders (see `neededBy`), and no others. */
export async function loadedComponents(names: readonly LoaderFolder[]): Promise<Registry> {
  const result = new Registry()
  for (const name of names) result.register(name, await folders[name]())
  return result
}
