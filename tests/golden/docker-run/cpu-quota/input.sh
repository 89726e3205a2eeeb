docker run --cpu-period 50000 --cpu-quota 25000 alpine
