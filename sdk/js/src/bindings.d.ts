// What componentize-js puts in the place of these imports. Its types would be those of the contract.
declare module 'hookbox:*';
declare module 'wasi:*';
