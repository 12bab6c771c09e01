import type { Component } from '../core/registry.ts'
import { FolderLayout } from '../transforms/io/folderLayout.ts'
import { CaseStatsd } from './analysis/transform.ts'
import { ArrayDataset, ImageDataset } from './datasets/arrays.ts'
import { CacheDataset } from './datasets/cache.ts'
import { Dataset } from './datasets/items.ts'
import { CacheNTransDataset, LMDBDataset, PersistentDataset } from './datasets/persistent.ts'
import { DecathlonDataset } from './datasets/decathlonDataset.ts'
import { NPZDictItemDataset } from './datasets/npz.ts'
import { GridPatchDataset, PatchDataset, PatchIter, PatchIterd } from './datasets/patches.ts'
import { SmartCacheDataset } from './datasets/smartCache.ts'
import { IterableDataset, ShuffleBuffer } from './datasets/stream.ts'
import { ZipDataset } from './datasets/zip.ts'
import { DataLoader } from './loader.ts'
import { noCollationComponent } from './noCollation.ts'
import { ThreadDataLoader } from './threadLoader.ts'
import { MaskedPatchWSIDataset, PatchWSIDataset, SlidingPatchWSIDataset } from './slides/datasets.ts'
import { LoadSlidePatchd } from './slides/loadPatch.ts'
import { TestTimeAugmentation } from './testTimeAugmentation.ts'
import { CSVDataset, CSVIterableDataset } from './tables/datasets.ts'
import { DistributedSampler, DistributedWeightedRandomSampler, WeightedRandomSampler } from './samplers.ts'

/** What configs can name in `monai.data`. */
export const dataComponents: Readonly<Record<string, Component>> = {
  ArrayDataset,
  CSVDataset,
  CSVIterableDataset,
  CacheDataset,
  CacheNTransDataset,
  DataLoader,
  Dataset,
  DistributedSampler,
  DistributedWeightedRandomSampler,
  FolderLayout,
  GridPatchDataset,
  ImageDataset,
  IterableDataset,
  LMDBDataset,
  MaskedPatchWSIDataset,
  PatchDataset,
  PatchIter,
  PatchIterd,
  PatchWSIDataset,
  NPZDictItemDataset,
  PersistentDataset,
  ShuffleBuffer,
  SlidingPatchWSIDataset,
  SmartCacheDataset,
  TestTimeAugmentation,
  ThreadDataLoader,
  ZipDataset,
}

/** What configs can name in `monai.apps`. */
export const appsDataComponents: Readonly<Record<string, Component>> = { DecathlonDataset }

/** Our own, which MONAI has no name for. */
export const ownDataComponents: Readonly<Record<string, Component>> = {
  CaseStatsd,
  LoadSlidePatchd,
  ...noCollationComponent,
}

/** PyTorch's own. */
export const torchDataComponents: Readonly<Record<string, Component>> = { WeightedRandomSampler }
