docker run --mount type=bind,sauce=/a,target=/b alpine
