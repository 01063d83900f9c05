/** `import OpenClaw from 'openclaw-sdk'`, with everything that `@openclaw/sdk` has beside it. */
export { OpenClaw as default } from '@openclaw/sdk';
export * from '@openclaw/sdk';
