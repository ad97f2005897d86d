/** Version of this package. Written by `npm run set-version` in deployments/. */
export const VERSION: string = '0.1.0';
