declare module "*.css";
declare const VERSION: string;
