/** Folders of transforms, each of which can be loaded by itself: all of them take a thread twice as long as it needs to start. */
export const transformFolders = {
  boxes: () => import('./boxes/index.ts'),
  compose: async () => ({ Compose: (await import('./compose.ts')).Compose, ...(await import('./composeSome.ts')) }),
  croppad: () => import('./croppad/index.ts'),
  intensity: () => import('./intensity/index.ts'),
  io: () => import('./io/index.ts'),
  post: () => import('./post/index.ts'),
  profiling: () => import('./profiling.ts'),
  regularization: () => import('./regularization/index.ts'),
  signal: () => import('./signal/index.ts'),
  smoothField: () => import('./smoothField/index.ts'),
  spatial: () => import('./spatial/index.ts'),
  utility: () => import('./utility/index.ts'),
}

export type TransformFolder = keyof typeof transformFolders
