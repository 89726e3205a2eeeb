docker run --name
