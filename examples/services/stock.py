"""The stock, in Python: prints the orders of the shop, and returns an item of the first one.

python stock.py 127.0.0.1:4222 1000
"""

import asyncio
import json
import sys
import uuid

import nats


async def main(address, count):
    client = await nats.connect(f"nats://{address}")
    stream = client.jetstream()
    orders = await stream.pull_subscribe("lback.shop.order.placed.v1", durable="stock", stream="lback-shop")
    seen = set()
    while len(seen) < count:
        for message in await orders.fetch(100, timeout=30):
            seen.add(message.headers["ce-id"])  # a message may come twice
            order = json.loads(message.data)
            print(message.headers["ce-source"], message.headers["ce-type"], order["order"], order["email"])
            await message.ack()
    headers = {"ce-specversion": "1.0", "ce-id": str(uuid.uuid4()), "ce-source": "/stock", "ce-type": "item.returned.v1"}
    headers["Nats-Msg-Id"] = headers["ce-id"]
    body = json.dumps({"order": 1, "item": "tea"}).encode()
    await stream.publish("lback.stock.item.returned.v1", body, headers=headers)
    await client.close()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
