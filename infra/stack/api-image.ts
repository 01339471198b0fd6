/** User and group of the API's image, as the Dockerfile sets them; jobs that run from it have them too. */
export const apiUser = { uid: 10_001, gid: 10_001 } as const;
