import type { Component } from '../../core/registry.ts'
import * as boxes from './index.ts'

/** Every transform of boxes under its MONAI name, as `monai.apps.detection.transforms` has them. */
export const boxComponents: Readonly<Record<string, Component>> = boxes
