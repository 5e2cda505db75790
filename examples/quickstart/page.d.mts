/** Folder of the console's static files, built where it is missing or older than its sources. @throws Error */
export function ensurePage(): string;
