export * from './dynunet.ts'
export * from './unet.ts'
export * from './vnet.ts'
