export {}; // the page is made from /v1/tasks
