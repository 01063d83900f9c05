export { createChannel } from './create-channel.js';
