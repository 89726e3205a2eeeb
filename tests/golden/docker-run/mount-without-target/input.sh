docker run --mount type=bind,source=/a alpine
