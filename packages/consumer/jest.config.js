import preset from '@relay/jest-preset';

// Its tests wait for leases and wake-ups, and use a fifth of a core: three files at once take a third of the time.
export default { ...preset, maxWorkers: 3 };
