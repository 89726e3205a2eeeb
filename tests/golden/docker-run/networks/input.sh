docker run --network name=app-net,ip=10.0.0.5 --network second alpine
