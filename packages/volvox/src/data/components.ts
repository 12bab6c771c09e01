import type { Component } from '../core/registry.ts'
import { FolderLayout } from '../transforms/io/folderLayout.ts'
import { ArrayDataset, ImageDataset } from './datasets/arrays.ts'
import { CacheDataset } from './datasets/cache.ts'
import { Dataset } from './datasets/items.ts'
import { CacheNTransDataset, LMDBDataset, PersistentDataset } from './datasets/persistent.ts'
import { SmartCacheDataset } from './datasets/smartCache.ts'
import { IterableDataset, ShuffleBuffer } from './datasets/stream.ts'
import { ZipDataset } from './datasets/zip.ts'
import { DataLoader } from './loader.ts'
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
  ImageDataset,
  IterableDataset,
  LMDBDataset,
  PersistentDataset,
  ShuffleBuffer,
  SmartCacheDataset,
  ZipDataset,
}

/** PyTorch's own. */
export const torchDataComponents: Readonly<Record<string, Component>> = { WeightedRandomSampler }
