export const payload = {} as const;
