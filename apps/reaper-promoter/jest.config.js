import preset from '@relay/jest-preset';

// Its tests wait for Redis and for clocks most of the time: two files at once take half as long.
export default { ...preset, maxWorkers: 2 };
