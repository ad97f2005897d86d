export { default } from '@relay/jest-preset';
